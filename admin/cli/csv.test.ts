import { expect, test } from '@jest/globals';
import { csvLine } from './csv.ts';

test.each([
  ['an', 'an'],
  ['a,b', '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ['a\nb', '"a\nb"'],
  ['=1+1', `"'=1+1"`],
  ['+32', `"'+32"`],
  ['-1', `"'-1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['\t=1', `"'\t=1"`],
  ['  =HYPERLINK("x")', `"'  =HYPERLINK(""x"")"`],
  ['a=b', 'a=b'],
  ['＝1+1', `"'＝1+1"`],
  ['＠SUM(A1)', `"'＠SUM(A1)"`],
  ['a;=1+1', `"a;'=1+1"`],
  ['a; ＋1;b;-2', `"a;' ＋1;b;'-2"`],
  ['a\n=1', `"a\n'=1"`],
  ['a;b', 'a;b'],
])('A-316 the cell %j is %s', (text, written) => expect(csvLine([text])).toBe(`${written}\r\n`));
