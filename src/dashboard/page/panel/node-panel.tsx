/** A node: how it is, what its proxy says, and what it must have programmed. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { NodeAnswer } from "../../model/answers.ts";
import type { NodeProxyRow } from "../../model/rows.ts";
import { useAnswer } from "../parts/use-answer.ts";
import { format } from "../path/overview-path.ts";
import { nodes, version } from "../state/cluster.ts";
import { nodeHealth, nodeHealthText } from "../state/health.ts";
import { Waiting } from "./waiting.tsx";

export function NodePanel({ name }: { readonly name: string }): JSX.Element {
  void version.value;
  const node = nodes.get(name);
  if (!node) return <p class="verdict bad">The node is gone.</p>;
  return (
    <>
      <p>
        <span class={`dot ${nodeHealth(node)}`} />
        {nodeHealthText(node)}
      </p>
      <dl>
        <dt>Addresses</dt>
        <dd>
          <code>{node.addresses.join(", ") || "none"}</code>
        </dd>
        {node.zone !== "" && (
          <>
            <dt>Zone</dt>
            <dd>{node.zone}</dd>
          </>
        )}
        {node.proxy && <ProxyFacts proxy={node.proxy} />}
      </dl>
      {node.proxy && node.proxy.problems.length > 0 && (
        <>
          <h3>Problems</h3>
          <ul class="findings">
            {node.proxy.problems.map(({ service, message }) => (
              <li key={`${service} ${message}`}>
                <p class="dim">{service}</p>
                <p>{message}</p>
              </li>
            ))}
          </ul>
        </>
      )}
      <Programmed name={name} />
    </>
  );
}

function ProxyFacts({ proxy }: { readonly proxy: NodeProxyRow }): JSX.Element {
  return (
    <>
      <dt>Proxy</dt>
      <dd>{`${proxy.mode}, ${proxy.isAlive ? "reports" : "silent"}`}</dd>
      <dt>Programmed</dt>
      <dd>{`${format(proxy.programmed)} frontends`}</dd>
      <dt>Revisions</dt>
      <dd>
        <code>{`Services ${proxy.services}, slices ${proxy.endpointSlices}`}</code>
      </dd>
      {proxy.failure !== undefined && (
        <>
          <dt>Failure</dt>
          <dd class="bad">{proxy.failure}</dd>
        </>
      )}
    </>
  );
}

function Programmed({ name }: { readonly name: string }): JSX.Element {
  const [filter, setFilter] = useState("");
  const [answer, again] = useAnswer<NodeAnswer>(`/api/node?${new URLSearchParams({ name, filter })}`);
  return (
    <>
      <h3>What it leads where</h3>
      <input
        type="search"
        placeholder="Filter: NodePort, :30080, name"
        aria-label="Filter what the node leads"
        value={filter}
        onInput={(event) => setFilter(event.currentTarget.value)}
      />
      {answer.kind === "answered" ? <Frontends answer={answer.value} /> : <Waiting answer={answer} />}
      <footer>
        <button type="button" onClick={again}>
          Read again
        </button>
      </footer>
    </>
  );
}

function Frontends({ answer: { frontends, total } }: { readonly answer: NodeAnswer }): JSX.Element {
  return (
    <>
      <ul class="frontends">
        {frontends.map(({ kind, place, service, leadsTo, tone }) => (
          <li key={`${kind} ${place}`}>
            <code>{place}</code>
            <span class="dim">{kind}</span>
            <span>{service}</span>
            <span class={`leads ${tone}`}>{leadsTo}</span>
          </li>
        ))}
      </ul>
      {total > frontends.length && (
        <p class="dim">{`${format(total - frontends.length)} more: filter them.`}</p>
      )}
    </>
  );
}
