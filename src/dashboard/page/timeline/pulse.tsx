/** How many changes there were in each of the last two minutes' seconds, as bars. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { timeline, version } from "../state/cluster.ts";
import { binBySecond } from "./bin-by-second.ts";

const seconds = 120;
const barWidth = 2;
const height = 22;

export function Pulse(): JSX.Element {
  const [, setNow] = useState(0);
  const timer = useRef(0);
  useEffect(() => {
    timer.current = window.setInterval(() => setNow(Math.floor(Date.now() / 1000)), 1000);
    return () => clearInterval(timer.current);
  }, []);
  void version.value;
  const bins = binBySecond(timeline, Date.now(), seconds);
  const most = Math.max(4, ...bins);
  const total = bins.reduce((sum, count) => sum + count, 0);
  return (
    <svg
      class="pulse"
      width={seconds * barWidth}
      height={height}
      role="img"
      aria-label={`${total} changes in the last two minutes`}
    >
      <path
        d={bins
          .map((count, index) => {
            const tall = count === 0 ? 1 : Math.max(2, Math.round((count / most) * height));
            return `M${index * barWidth + 0.75} ${height}v${-tall}`;
          })
          .join("")}
      />
    </svg>
  );
}
