// When a relay has warmed up and when it has done enough: prints messages and CPU seconds as JSON, and ends.

/**
 * @param {number} messages to be measured, after a quarter of them
 * @returns {(count: number) => void} to be called with how many more were relayed
 */
export function measured(messages) {
  let relayed = 0;
  /** @type {NodeJS.CpuUsage | undefined} */
  let begun;
  let begunAt = 0;
  return (count) => {
    relayed += count;
    if (begun === undefined && relayed >= messages / 4) {
      begun = process.cpuUsage();
      begunAt = relayed;
    } else if (begun !== undefined && relayed - begunAt >= messages) {
      const { user, system } = process.cpuUsage(begun);
      console.log(JSON.stringify({ messages: relayed - begunAt, cpuSeconds: (user + system) / 1e6 }));
      process.exit(0);
    }
  };
}
