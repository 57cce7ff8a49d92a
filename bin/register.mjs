// `node --import rekey/register --test …`: a factor outside is imported and tested as the product imports it.
import { dropKnownWarnings, prepareImports } from './runtime.mjs';

dropKnownWarnings();
prepareImports();
