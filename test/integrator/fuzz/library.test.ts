import { findsFaultsOf } from "./faults.ts";

findsFaultsOf("library");
