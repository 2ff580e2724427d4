/** A list of any length of which only what is seen is in the document. The arrow keys move in it. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { visibleRange } from "../list/visible-range.ts";
import { useSize } from "./use-size.ts";

export interface VirtualListProps {
  readonly label: string;
  readonly id: string;
  readonly count: number;
  readonly rowHeight: number;
  /** Index of the row that is chosen; -1: none. */
  readonly chosen: number;
  readonly keyOf: (index: number) => string;
  readonly row: (index: number) => JSX.Element;
  readonly onChoose: (index: number) => void;
}

export function VirtualList(props: VirtualListProps): JSX.Element {
  const { label, id, count, rowHeight, chosen, keyOf, row, onChoose } = props;
  const box = useRef<HTMLDivElement>(null);
  const { height } = useSize(box);
  const [scrollTop, setScrollTop] = useState(0);
  const [active, setActive] = useState(-1);
  const current = Math.min(active >= 0 ? active : chosen, count - 1);
  const { from, to } = visibleRange(count, scrollTop, height, rowHeight);

  useLayoutEffect(() => {
    if (chosen >= 0) show(box.current, chosen, rowHeight, 4);
  }, [chosen, rowHeight]);

  function onKeyDown(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const next = nextIndex(event.key, current, count, page);
    if (next !== undefined) {
      event.preventDefault();
      setActive(next);
      show(box.current, next, rowHeight);
    } else if ((event.key === "Enter" || event.key === " ") && current >= 0) {
      event.preventDefault();
      onChoose(current);
    }
  }

  const isDrawn = current >= from && current < to;
  return (
    <div
      ref={box}
      id={id}
      class="scroll list"
      role="listbox"
      tabIndex={0}
      aria-label={label}
      {...(isDrawn && { "aria-activedescendant": `${id}-${current}` })}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div class="whole" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        {Array.from({ length: to - from }, (_, offset) => from + offset).map((index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the listbox has the focus and names its active option.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox takes the keys.
          <div
            key={keyOf(index)}
            id={`${id}-${index}`}
            class={`row${index === current ? " active" : ""}`}
            role="option"
            aria-selected={index === chosen}
            aria-setsize={count}
            aria-posinset={index + 1}
            style={{ transform: `translateY(${index * rowHeight}px)`, height: `${rowHeight}px` }}
            onClick={() => {
              setActive(index);
              onChoose(index);
            }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}

function nextIndex(key: string, current: number, count: number, page: number): number | undefined {
  if (count === 0) return undefined;
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    PageDown: current + page,
    PageUp: current - page,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next === undefined ? undefined : Math.max(0, Math.min(count - 1, next));
}

/** `beside` rows above and below it are seen, too. */
function show(box: HTMLElement | null, index: number, rowHeight: number, beside = 0): void {
  if (!box) return;
  const top = (index - beside) * rowHeight;
  const bottom = (index + 1 + beside) * rowHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}
