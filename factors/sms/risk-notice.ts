/**
 * The version of the explanation of the risk (`enrol.risk` in the locales). Raise it when its meaning changes: what a person accepted is kept with the
 * key and in the audit trail.
 */
export const riskNotice = 1;
