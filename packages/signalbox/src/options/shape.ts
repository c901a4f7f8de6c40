// Shapes of options: what a value may be, and what to say when it is something else. It must not know whose options they are,
// nor throw: each client, and the broker, has an error of its own for it.

import { suggestion } from './nearest.ts';

/** What is wrong with a value, with the name it has; undefined: nothing. */
export type Shape = (value: unknown, name: string) => string | undefined;

/** One for each option. */
export type Shapes<T> = Readonly<Record<keyof T & string, Shape>>;

/** Longer texts are cut in messages. */
const SHOWN = 40;

/** As an error message shows it: never long, and no more of an object than that it is one. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'bytes';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** A shape by a question and its answer in words. */
export function shape(isGood: (value: unknown) => boolean, wanted: string): Shape {
  return (value, name) => (isGood(value) ? undefined : `${name} is ${shown(value)}: it must be ${wanted}`);
}

export const anything: Shape = () => undefined;
export const text: Shape = shape((value) => typeof value === 'string', 'text');
export const flag: Shape = shape((value) => typeof value === 'boolean', 'true or false');
export const callback: Shape = shape((value) => typeof value === 'function', 'a function');
export const object: Shape = shape(isObject, 'an object');
export const signal: Shape = shape((value) => isObject(value) && 'aborted' in value, 'an AbortSignal');

/** May be a secret: what it was is not told. */
export const bytesOrText: Shape = (value, name) =>
  typeof value === 'string' || value instanceof Uint8Array
    ? undefined
    : `${name} is of type ${value === null ? 'null' : typeof value}: it must be text or bytes`;

/** Infinity too. */
export function number(least: number): Shape {
  return shape((value) => typeof value === 'number' && value >= least, `a number from ${least}`);
}

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Shape {
  const isGood = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return shape(
    isGood,
    most === Number.MAX_SAFE_INTEGER ? `an integer from ${least}` : `an integer from ${least} to ${most}`,
  );
}

export function oneOf(...values: readonly unknown[]): Shape {
  return shape((value) => values.includes(value), `one of ${values.map(shown).join(', ')}`);
}

export function either(first: Shape, second: Shape, wanted: string): Shape {
  return (value, name) =>
    first(value, name) === undefined || second(value, name) === undefined
      ? undefined
      : `${name} is ${shown(value)}: it must be ${wanted}`;
}

export function listOf(item: Shape): Shape {
  return (value, name) => {
    if (!Array.isArray(value)) return `${name} is ${shown(value)}: it must be a list`;
    return first(value.keys(), (index) => item(value[index], `${name}[${index}]`));
  };
}

/** An object of whatever names. */
export function recordOf(item: Shape): Shape {
  return (value, name) => {
    if (!isObject(value)) return `${name} is ${shown(value)}: it must be an object`;
    return first(Object.entries(value), ([key, part]) => item(part, `${name}.${key}`));
  };
}

/** An object that has no other members than these, unless a class made it; what is undefined is not there. `required` must be. */
export function options<T>(shapes: Shapes<T>, ...required: readonly (keyof T & string)[]): Shape {
  const names = Object.keys(shapes) as (keyof T & string)[];
  return (value, name) => {
    if (!isObject(value))
      return `${name === '' ? 'what holds the options' : name} is ${shown(value)}: it must be an object`;
    const members = value as Readonly<Record<string, unknown>>;
    const path = (member: string): string => (name === '' ? member : `${name}.${member}`);
    const unknown = isPlain(members)
      ? Object.keys(members).find((key) => members[key] !== undefined && !Object.hasOwn(shapes, key))
      : undefined;
    if (unknown !== undefined) return `there is no option '${path(unknown)}'${suggestion(unknown, names, path(''))}`;
    const missing = required.find((member) => members[member] === undefined);
    if (missing !== undefined) return `${path(missing)} is missing`;
    return first(names, (member) =>
      members[member] === undefined ? undefined : shapes[member](members[member], path(member)),
    );
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function first<T>(items: Iterable<T>, problemOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
