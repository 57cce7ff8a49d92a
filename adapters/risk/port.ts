/** Facts of a telephone number that an operator may know: a new SIM card, a porting, an internet telephone. */
export interface RiskQuestion {
  /** E.164. */
  readonly number: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Pseudonymous. */
  readonly person: string;
  /** The purpose of the message: the factor and the name of the message. */
  readonly purpose: string;
}

/** Limited in time; never throws: without an answer a configured decision counts. */
export type RiskCheck = (question: RiskQuestion) => Promise<'allow' | 'deny'>;
