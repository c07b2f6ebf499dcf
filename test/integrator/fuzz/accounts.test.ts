import { findsFaultsOf } from "./faults.ts";

findsFaultsOf("accounts");
