import { describe, expect, test } from '@jest/globals';
import { inserted } from './storage-bench.ts';
import type { Bench, Note } from './storage-bench.ts';

export function documentsContract(bench: () => Bench): void {
  describe('documents', () => {
    test('an inserted document is read with its id, value and version, and without an expiry if it has none', async () => {
      const { notes } = bench();
      const version = await notes.insert('a', { text: 'one', tags: ['x'] });
      expect(typeof version).toBe('string');
      expect(await notes.get('a')).toStrictEqual({ id: 'a', value: { text: 'one', tags: ['x'] }, version });
      expect(await notes.get('b')).toBeUndefined();
    });

    test('members are read in the order in which they were written, at any depth', async () => {
      const { notes } = bench();
      const value = {
        text: 'one',
        meta: { zebra: 1, ant: { z: [{ y: 1, b: 2 }], a: null } },
        owner: 'ann',
        aside: 'x',
      };
      await notes.insert('a', value);
      expect(JSON.stringify((await notes.get('a'))?.value)).toBe(JSON.stringify(value));
      const turned = { owner: 'ann', meta: { 7: 'seven', ant: 1, 3: 'three', zebra: [] }, text: 'two' };
      await notes.replace('a', turned, (await notes.get('a'))?.version ?? '');
      expect(JSON.stringify((await notes.get('a'))?.value)).toBe(JSON.stringify(turned));
    });

    test('a taken id is not inserted again', async () => {
      const { notes } = bench();
      const version = await notes.insert('a', { text: 'one' });
      expect(await notes.insert('a', { text: 'two' })).toBeUndefined();
      expect(await notes.get('a')).toStrictEqual({ id: 'a', value: { text: 'one' }, version });
    });

    test('a replace needs the present version, and makes another one', async () => {
      const { notes } = bench();
      const first = await inserted(bench(), 'a', { text: 'one', owner: 'ann' });
      const second = await notes.replace('a', { text: 'two' }, first);
      expect(second).toBeDefined();
      expect(second).not.toBe(first);
      expect(await notes.replace('a', { text: 'three' }, first)).toBeUndefined();
      expect(await notes.get('a')).toStrictEqual({ id: 'a', value: { text: 'two' }, version: second });
    });

    test('a replace of a missing document makes nothing', async () => {
      const { notes } = bench();
      const version = await inserted(bench(), 'a', { text: 'one' });
      expect(await notes.replace('b', { text: 'two' }, version)).toBeUndefined();
      expect(await notes.get('b')).toBeUndefined();
    });

    test('a replace by the same value still gives another version', async () => {
      const { notes } = bench();
      const first = await inserted(bench(), 'a', { text: 'one' });
      expect(await notes.replace('a', { text: 'one' }, first)).not.toBe(first);
      expect(await notes.replace('a', { text: 'one' }, first)).toBeUndefined();
    });

    test('a version of a removed document is not valid for a later one of the same id', async () => {
      const { notes } = bench();
      const first = await inserted(bench(), 'a', { text: 'one' });
      await notes.remove('a');
      await notes.insert('a', { text: 'one' });
      expect(await notes.replace('a', { text: 'two' }, first)).toBeUndefined();
      expect(await notes.remove('a', first)).toBe(false);
      expect((await notes.get('a'))?.value.text).toBe('one');
    });

    test('remove says whether it took the document away', async () => {
      const { notes } = bench();
      await notes.insert('a', { text: 'one' });
      expect(await notes.remove('a')).toBe(true);
      expect(await notes.remove('a')).toBe(false);
      expect(await notes.get('a')).toBeUndefined();
    });

    test('remove with a version takes only that version', async () => {
      const { notes } = bench();
      const first = await inserted(bench(), 'a', { text: 'one' });
      const second = await notes.replace('a', { text: 'two' }, first);
      expect(await notes.remove('a', first)).toBe(false);
      expect(await notes.remove('a', second)).toBe(true);
    });

    test('collections do not see one another', async () => {
      const { storage, notes } = bench();
      const others = storage.collection<Note>({ name: 'notes-2', indexes: { owner: (note) => note.owner } });
      await notes.insert('a', { text: 'one', owner: 'ann' });
      expect(await others.get('a')).toBeUndefined();
      expect(await others.insert('a', { text: 'two', owner: 'ann' })).toBeDefined();
      expect(await others.removeBy('owner', 'ann')).toBe(1);
      expect((await notes.findBy('owner', 'ann')).map(({ value }) => value.text)).toStrictEqual(['one']);
      expect(await notes.count()).toBe(1);
      expect(await others.count()).toBe(0);
    });
  });

  describe('copies', () => {
    test('later changes to a given object have no effect, not even before the answer', async () => {
      const { notes } = bench();
      const given = { text: 'one', tags: ['x'] };
      const answer = notes.insert('a', given);
      given.text = 'changed';
      given.tags.push('y');
      const version = await answer;
      expect((await notes.get('a'))?.value).toStrictEqual({ text: 'one', tags: ['x'] });
      expect(await notes.findBy('tag', 'y')).toStrictEqual([]);

      const replacing = notes.replace('a', given, version ?? '');
      given.text = 'changed again';
      await replacing;
      expect((await notes.get('a'))?.value).toStrictEqual({ text: 'changed', tags: ['x', 'y'] });
    });

    test('changes to a returned object have no effect', async () => {
      const { notes } = bench();
      await notes.insert('a', { text: 'one', tags: ['x'] });
      for (const read of [
        async () => (await notes.get('a'))?.value,
        async () => (await notes.findBy('tag', 'x'))[0]?.value,
        async () => (await notes.page({ limit: 1 })).items[0]?.value,
      ]) {
        const got = (await read()) as { text: string; tags: string[] };
        got.text = 'changed';
        got.tags.push('y');
      }
      expect((await notes.get('a'))?.value).toStrictEqual({ text: 'one', tags: ['x'] });
    });
  });

  describe('texts and sizes', () => {
    const IDS = [
      '',
      ' ',
      'a b',
      'é',
      'e\u0301',
      'ÀÉ',
      'àé',
      'ß',
      'ss',
      '中文',
      '🪪',
      '👩‍💻',
      'a\u0000b',
      'a',
      '%',
      "'",
      '"',
      '$x',
      'a.b',
      '\\',
    ];

    test('ids are compared by their exact characters', async () => {
      const { notes } = bench();
      for (const id of IDS) expect(await notes.insert(id, { text: id })).toBeDefined();
      for (const id of IDS) expect(await notes.get(id)).toMatchObject({ id, value: { text: id } });
      expect(await notes.count()).toBe(IDS.length);
    });

    test('index keys are compared by their exact characters', async () => {
      const { notes } = bench();
      for (const [index, owner] of IDS.entries()) await notes.insert(`n${index}`, { text: '', owner });
      for (const [index, owner] of IDS.entries()) {
        expect((await notes.findBy('owner', owner)).map(({ id }) => id)).toStrictEqual([`n${index}`]);
      }
    });

    test('ids and index keys of a thousand characters are kept whole', async () => {
      const { notes } = bench();
      const long = 'x'.repeat(999);
      await notes.insert(`${long}1`, { text: 'one', owner: `${long}a` });
      await notes.insert(`${long}2`, { text: 'two', owner: `${long}b` });
      expect((await notes.get(`${long}2`))?.value.text).toBe('two');
      expect((await notes.findBy('owner', `${long}a`)).map(({ value }) => value.text)).toStrictEqual(['one']);
    });

    test('bodies come back character for character', async () => {
      const { notes } = bench();
      const text = 'ÀÉ 中文 🪪 \u0000 \u001f \ud800 \u2028 "\\" </script>';
      await notes.insert('a', { text });
      expect((await notes.get('a'))?.value.text).toBe(text);
    });

    test('any field name is possible', async () => {
      const { storage } = bench();
      const free = storage.collection<Record<string, unknown>>({ name: 'free' });
      const value = {
        $set: 1,
        'a.b': { $gt: [null, true, 1.5, -0.25, 1e21] },
        '': '',
        _id: 'x',
        id: 'y',
        version: 3,
        until: 1,
      };
      await free.insert('a', value);
      expect((await free.get('a'))?.value).toStrictEqual(value);
    });

    test('a body of one megabyte is kept whole', async () => {
      const { notes } = bench();
      const text = Array.from({ length: 1024 }, (_, line) => String(line).padStart(1024, '·')).join('');
      await notes.insert('a', { text });
      expect((await notes.get('a'))?.value.text === text).toBe(true);
    });

    test('malformed Unicode is never found and never written', async () => {
      const { notes } = bench();
      const [broken, other] = ['a\ud800', 'a\udbff'];
      const version = await inserted(bench(), 'a\ufffd', { text: 'one', owner: 'a\ufffd' });
      expect(await notes.get(broken)).toBeUndefined();
      expect(await notes.findBy('owner', broken)).toStrictEqual([]);
      expect(await notes.replace(broken, { text: 'two' }, version)).toBeUndefined();
      expect(await notes.remove(other)).toBe(false);
      expect(await notes.removeBy('owner', other)).toBe(0);
      await expect(notes.insert(broken, { text: 'two' })).rejects.toThrow(TypeError);
      await expect(notes.insert('b', { text: 'two', owner: broken })).rejects.toThrow(TypeError);
      await expect(notes.replace('a\ufffd', { text: 'two', tags: [broken] }, version)).rejects.toThrow(TypeError);
      expect(await notes.count()).toBe(1);
    });
  });
}
