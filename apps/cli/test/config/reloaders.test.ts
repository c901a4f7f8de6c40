// Reloading is all or nothing.
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../src/command-error.ts';
import { Reloaders } from '../../src/config/reloaders.ts';
import { load } from './load.ts';

describe('reloaders', () => {
  it('read first and change afterwards, and answer what was reloaded', async () => {
    const steps: string[] = [];
    const reloaders = new Reloaders();
    for (const name of ['passwords', 'certificates']) {
      reloaders.add({
        name,
        prepare: async () => {
          steps.push(`read ${name}`);
          return () => steps.push(`change ${name}`);
        },
      });
    }
    expect(await reloaders.reload(load({}))).toEqual(['passwords', 'certificates']);
    expect(steps).toEqual(['read passwords', 'read certificates', 'change passwords', 'change certificates']);
  });

  it('change nothing when one of them cannot', async () => {
    const changed: string[] = [];
    const reloaders = new Reloaders();
    reloaders.add({ name: 'good', prepare: () => () => changed.push('good') });
    reloaders.add({
      name: 'bad',
      prepare: () => {
        throw new CommandError('no such file');
      },
    });
    await expect(reloaders.reload(load({}))).rejects.toThrow('no such file');
    expect(changed).toEqual([]);
  });
});
