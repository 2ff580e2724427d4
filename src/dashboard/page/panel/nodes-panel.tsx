/** All nodes, those that are ill first. */
import type { JSX } from "preact";
import type { NodeRow } from "../../model/rows.ts";
import { VirtualList } from "../parts/virtual-list.tsx";
import { listNodes, version } from "../state/cluster.ts";
import { nodeHealth, nodeHealthText } from "../state/health.ts";
import { openPanel } from "../state/open-panel.ts";

const rowHeight = 30;

export function NodesPanel(): JSX.Element {
  void version.value;
  const all = listNodes();
  const isWell = (node: NodeRow) => nodeHealth(node) === "good";
  const shown = [...all.filter((node) => !isWell(node)), ...all.filter(isWell)];
  return (
    <VirtualList
      id="nodes"
      label="Nodes"
      count={shown.length}
      rowHeight={rowHeight}
      chosen={-1}
      keyOf={(index) => shown[index]?.name ?? ""}
      row={(index) => <Row node={shown[index]} />}
      onChoose={(index) => {
        const name = shown[index]?.name;
        if (name !== undefined) openPanel({ kind: "node", name });
      }}
    />
  );
}

function Row({ node }: { readonly node: NodeRow | undefined }): JSX.Element | null {
  if (!node) return null;
  return (
    <>
      <span class={`dot ${nodeHealth(node)}`} />
      <span class="name">
        <span>{node.name}</span>
      </span>
      <span class="port">{node.addresses[0]}</span>
      <span class="of">{nodeHealth(node) === "good" ? "" : nodeHealthText(node)}</span>
    </>
  );
}
