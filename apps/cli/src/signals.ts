/** The signals of the command: SIGINT and SIGTERM end it, SIGHUP has it read its configuration again. */

/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm. A person's second one comes later than this. */
const SAME_SIGNAL_MS = 1000;

/** The first signal ends the command in order, a second one at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

/** One reload at a time; a signal that comes meanwhile leads to one more. `reload` must not reject. */
export function onHangup(reload: () => Promise<void>): void {
  let wanted = 0;
  process.on('SIGHUP', () => {
    wanted++;
    if (wanted > 1) return;
    void (async () => {
      while (wanted > 0) {
        const answered = wanted;
        await reload();
        wanted = wanted > answered ? 1 : 0;
      }
    })();
  });
}
