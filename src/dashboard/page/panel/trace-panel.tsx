/** Where a packet goes, and why. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { StoryEndpoint, TraceAnswer } from "../../model/answers.ts";
import { useAnswer } from "../parts/use-answer.ts";
import { tracedAddresses } from "../state/traced.ts";
import { Waiting } from "./waiting.tsx";

interface TracePanelProps {
  readonly to: string;
  readonly protocol: string;
  readonly node: string;
}

export function TracePanel({ to, protocol, node }: TracePanelProps): JSX.Element {
  const query = new URLSearchParams({ to, protocol, node });
  const [answer, again] = useAnswer<TraceAnswer>(`/api/trace?${query}`);
  const chosen = answer.kind === "answered" ? answer.value.endpoints.filter((one) => one.chosen) : [];
  const places = chosen.map(({ place }) => place.slice(0, place.lastIndexOf(":")).replace(/^\[|\]$/g, ""));
  const ways = places.join(" ");
  useEffect(() => {
    tracedAddresses.value = new Set(ways.split(" "));
    return () => {
      tracedAddresses.value = new Set();
    };
  }, [ways]);
  if (answer.kind !== "answered") return <Waiting answer={answer} />;
  const { steps, endpoints, verdict, conclusion } = answer.value;
  return (
    <>
      <p class={`verdict ${verdict === "forward" ? "good" : "bad"}`}>{capital(conclusion)}.</p>
      <ol class="story">
        {steps.map(({ at, text, tone }) => (
          <li key={`${at} ${text}`} class={tone}>
            <span class="at">{at}</span>
            <span>{text}</span>
          </li>
        ))}
      </ol>
      {endpoints.length > 0 && (
        <>
          <h3>Endpoints</h3>
          <ul class="endpoints">
            {endpoints.map((endpoint) => (
              <Endpoint key={endpoint.place} endpoint={endpoint} />
            ))}
          </ul>
        </>
      )}
      <footer>
        <button type="button" onClick={again}>
          Trace again
        </button>
        <code class="command">{`porthole trace ${to}${protocol === "TCP" ? "" : ` --protocol ${protocol.toLowerCase()}`}${node === "" ? "" : ` --node ${node}`}`}</code>
      </footer>
    </>
  );
}

function Endpoint({ endpoint }: { readonly endpoint: StoryEndpoint }): JSX.Element {
  const { place, pod, node, why, tone } = endpoint;
  return (
    <li class={tone}>
      <span class={`dot ${tone}`} />
      <span class="line">
        <code>{place}</code>
        <span class="why">{why}</span>
      </span>
      <span class="dim">{[pod.slice(pod.indexOf("/") + 1), node].filter(Boolean).join(" on ")}</span>
    </li>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
