/** What is beside the drawing: a trace, the doctor's report, a node, all nodes, or the keys. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { closePanel } from "../state/open-panel.ts";
import { type Panel, panel } from "../state/selection.ts";
import { DoctorPanel } from "./doctor-panel.tsx";
import { HelpPanel } from "./help-panel.tsx";
import { NodePanel } from "./node-panel.tsx";
import { NodesPanel } from "./nodes-panel.tsx";
import { TracePanel } from "./trace-panel.tsx";

export function PanelView(): JSX.Element | null {
  const open = panel.value;
  if (!open) return null;
  return (
    <Frame key={JSON.stringify(open)} title={titleOf(open)}>
      <Content open={open} />
    </Frame>
  );
}

function titleOf(open: Panel): string {
  switch (open.kind) {
    case "trace":
      return `Trace to ${open.to}`;
    case "doctor":
      return `Doctor: ${open.service}`;
    case "node":
      return `Node ${open.name}`;
    case "nodes":
      return "Nodes";
    case "help":
      return "Keys and colours";
  }
}

function Content({ open }: { readonly open: Panel }): JSX.Element {
  switch (open.kind) {
    case "trace":
      return <TracePanel {...open} />;
    case "doctor":
      return <DoctorPanel service={open.service} />;
    case "node":
      return <NodePanel name={open.name} />;
    case "nodes":
      return <NodesPanel />;
    case "help":
      return <HelpPanel />;
  }
}

interface FrameProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

function Frame({ title, children }: FrameProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside class="panel" aria-label={title}>
      <header class="head">
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" class="plain" aria-label="Close" onClick={closePanel}>
          ×
        </button>
      </header>
      <div class="content">{children}</div>
    </aside>
  );
}
