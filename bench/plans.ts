/** Asks the server for its query plan of each condition: none may read a whole collection. */
import { MongoClient, type Document } from 'mongodb';
import { indexNameOf } from '../adapters/storage/mongodb/document.ts';
import { collections } from '../app/collections.ts';

const whole = /COLLSCAN/;

export async function explainPlans(uri: string): Promise<void> {
  const client = new MongoClient(uri, { retryReads: false });
  try {
    const database = client.db();
    let asked = 0;
    const wrong: string[] = [];
    for (const { name, indexes = {} } of collections) {
      const alive = { until: { $not: { $lte: new Date() } } };
      const questions: readonly (readonly [filter: Document, hint: Document])[] = [
        [{ _id: 'somebody', ...alive }, {}],
        [{ _id: { $gt: 'somebody' }, ...alive }, { hint: '_id_' }],
        ...Object.keys(indexes).map((index): readonly [Document, Document] => [
          { [`keys.${index}`]: 'something', ...alive },
          { hint: indexNameOf(index) },
        ]),
      ];
      for (const [filter, hint] of questions) {
        const plan = await database.command({
          explain: {
            find: name,
            filter,
            sort: { _id: 1 },
            limit: 10,
            ...hint,
          },
          verbosity: 'queryPlanner',
        });
        asked += 1;
        if (whole.test(JSON.stringify(plan['queryPlanner'] ?? plan)))
          wrong.push(`${name} ${Object.keys(filter).join()}`);
      }
    }
    console.log(
      wrong.length === 0
        ? `  explain: ${asked} shapes asked, none reads a whole collection`
        : `  explain: READS A WHOLE COLLECTION: ${wrong.join(', ')}`,
    );
  } catch (error) {
    console.log(`  explain: this server does not (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    await client.close();
  }
}
