/** Runs in the page, before its own scripts. */

/** Marks the frame that shows `text` among the sums. */
globalThis.markDrawn = (text) => {
  const look = () => {
    if (document.querySelector(".sums")?.textContent?.includes(text)) performance.mark("drawn");
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

/** Resolves with the times between frames and the time that tasks of more than 50 ms took, all in milliseconds. */
globalThis.recordFrames = (seconds) =>
  new Promise((resolve) => {
    const intervals = [];
    let longTaskMs = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTaskMs += duration;
    });
    observer.observe({ type: "longtask" });
    const startedAt = performance.now();
    let last;
    const frame = (now) => {
      if (last !== undefined) intervals.push(now - last);
      last = now;
      if (now - startedAt < seconds * 1000) requestAnimationFrame(frame);
      else {
        observer.disconnect();
        resolve({ intervals, longTaskMs });
      }
    };
    requestAnimationFrame(frame);
  });
