/** Places that coverage would expect and that cannot be reached, each with its reason. A reason that no longer holds fails. */
export const CANNOT_HAPPEN: Readonly<Record<string, string>> = {};
