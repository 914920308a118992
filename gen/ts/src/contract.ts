// Code generated from openapi.yaml. DO NOT EDIT.
// Facts of the contract that the runtime needs.

/** The version of the contract that this package was generated from, which is its own. */
export const contractVersion = "0.2.0";

/** The parameters whose values stand behind one name, with commas; any other repeats its name. */
export const commaSeparated: readonly string[] = ["include"];
