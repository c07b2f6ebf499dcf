import { findsFaultsOf } from "./faults.ts";

findsFaultsOf("shop");
