/** The version of the product, from package.json. */
import described from '../package.json' with { type: 'json' };

export const { version } = described;
