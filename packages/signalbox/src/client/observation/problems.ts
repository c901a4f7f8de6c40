// Where a client tells what no promise does: a handler of the program that threw, a store that failed.

interface Console {
  error(...data: unknown[]): void;
}
declare const console: Console;

/** Never throws. */
export function problemReporter(onProblem: ((problem: Error) => void) | undefined): (problem: unknown) => void {
  return (problem) => {
    const error = problem instanceof Error ? problem : new Error(String(problem));
    try {
      if (onProblem === undefined) console.error('signalbox client:', error);
      else onProblem(error);
    } catch (failure) {
      console.error('signalbox client: onProblem failed', failure, error);
    }
  };
}
