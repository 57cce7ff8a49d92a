/** Process entry of the server. */
import { start } from './app/start.ts';

await start(process.argv.slice(2));
