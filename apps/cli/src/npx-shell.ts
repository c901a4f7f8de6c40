/**
 * `npx signalbox` puts a shell between npm and this process, and some shells die of a signal without passing it on: whoever
 * ends npx would leave a broker, or a subscriber, behind. So who was started by npx ends when that shell is gone. Elsewhere
 * (systemd, nohup, `&` in a terminal) a parent may go, and the command stays.
 */

const LOOK_EVERY_MS = 500;

/** Sends this process a SIGTERM when the shell of npx is gone. */
export function endWithNpx(environment: NodeJS.ProcessEnv): void {
  if (environment['npm_command'] !== 'exec') return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  timer.unref();
}
