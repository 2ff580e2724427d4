/** TargetChains: the chains that choose among endpoints, of all targets of one Service port. */
import type { Backend, Frontend, Target } from "../../forwarding/forwarding-table.ts";
import { formatServicePortName } from "../../forwarding/frontend-key.ts";
import { joinHostPort } from "../../forwarding/ip-address.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { chains, serviceChain } from "./names.ts";
import { addressed, comment, jump, oneIn, rule, toPort } from "./rule.ts";
import type { Rules } from "./ruleset.ts";
import { groupOf } from "./service-group.ts";

type ForwardTarget = Target & { readonly kind: "forward" };

interface KnownTarget {
  readonly name: string;
  readonly backends: readonly Backend[];
  readonly affinitySeconds: number | undefined;
  /** Cluster addresses that lead here, whose clients' sources are to be hidden. */
  readonly entrances: Rules;
}

export class TargetChains {
  readonly #traits: FamilyTraits;
  readonly #group: string;
  readonly #comment: string;
  readonly #protocol: Frontend["protocol"];
  readonly #known = new Map<string, KnownTarget>();

  /** Throws RangeError without a frontend. */
  constructor(frontends: readonly Frontend[], traits: FamilyTraits) {
    const [first] = frontends;
    if (!first) throw new RangeError("Cannot compile a Service port without frontends");
    this.#traits = traits;
    this.#comment = formatServicePortName(first.service);
    this.#protocol = first.protocol;
    this.#group = groupOf(first);
    for (const frontend of frontends) {
      for (const target of [frontend.external, frontend.internal]) {
        if (target.kind === "forward") this.#add(frontend, target);
      }
    }
  }

  /** What happens to a packet that is led to the target: a jump to its chain; where it leads nowhere no other rule shall see it. */
  jumpTo(frontend: Frontend, target: Target): string {
    if (target.kind !== "forward") return "-j ACCEPT";
    return jump(this.#known.get(identityOf(frontend, target))?.name ?? "ACCEPT");
  }

  chains(): ReadonlyMap<string, Rules> {
    const result = new Map<string, Rules>();
    const everywhere = this.#endpoints();
    for (const target of this.#known.values()) {
      result.set(target.name, [...target.entrances, ...this.#choice(target, everywhere)]);
      for (const backend of target.backends) {
        if (this.#needsChain(backend, target)) {
          result.set(this.#endpointChain(backend), this.#endpointRules(backend, target));
        }
      }
    }
    return result;
  }

  #add(frontend: Frontend, target: ForwardTarget): void {
    const identity = identityOf(frontend, target);
    const known = this.#known.get(identity) ?? this.#create(frontend, target);
    this.#known.set(identity, { ...known, entrances: withEntrance(known.entrances, frontend) });
  }

  /** Names tell which set it is, and not what is in it: when endpoints change, rules change and jumps do not. */
  #create({ affinitySeconds }: Frontend, { backends, choice }: ForwardTarget): KnownTarget {
    const kind = choice?.set === "local" ? "SVL" : "SVC";
    const names = new Set([...this.#known.values()].map(({ name }) => name));
    let variant = 1;
    const name = () => serviceChain(kind, variant === 1 ? this.#group : `${this.#group}#${variant}`);
    while (names.has(name())) variant += 1;
    return { name: name(), backends, affinitySeconds, entrances: [] };
  }

  #choice(target: KnownTarget, everywhere: readonly Backend[]): Rules {
    const { backends } = target;
    const count = backends.length;
    const chosen = backends.map((backend, index) =>
      rule(...this.#choose(backend, target, oneIn(count - index), index === 0)),
    );
    return target.affinitySeconds === undefined
      ? chosen
      : [...this.#remembered(target, target.affinitySeconds, everywhere), ...chosen];
  }

  /** A client goes where it was before; one that goes elsewhere by another target is forgotten where it was. */
  #remembered({ backends }: KnownTarget, seconds: number, everywhere: readonly Backend[]): Rules {
    const here = new Set(backends.map(({ key }) => key));
    return [
      ...backends.map((backend) => {
        const chain = this.#endpointChain(backend);
        return rule(this.#recent(`--rcheck --seconds ${seconds} --reap`, chain), jump(chain));
      }),
      ...everywhere
        .filter(({ key }) => !here.has(key))
        .map((backend) => this.#recent("--remove", this.#endpointChain(backend))),
    ];
  }

  #choose(backend: Backend, target: KnownTarget, chance: string, isFirst: boolean): readonly string[] {
    const about = isFirst ? comment(this.#comment) : "";
    return this.#needsChain(backend, target)
      ? [chance, about, jump(this.#endpointChain(backend))]
      : [this.#protocolMatch(), chance, about, translateTo(backend)];
  }

  #endpointRules(backend: Backend, { affinitySeconds }: KnownTarget): Rules {
    const chain = this.#endpointChain(backend);
    const remember = affinitySeconds === undefined ? "" : this.#recent("--set", chain);
    return [
      // A pod that is led to itself would answer itself directly, and not know the answer.
      rule(
        addressed("-s", `${backend.address}/${this.#traits.bits}`),
        comment(this.#comment),
        jump(chains.mark),
      ),
      rule(this.#protocolMatch(), remember, translateTo(backend)),
    ];
  }

  /** PERF: most endpoints are on other nodes, and a rule for them is enough. */
  #needsChain({ local }: Backend, { affinitySeconds }: KnownTarget): boolean {
    return local || affinitySeconds !== undefined;
  }

  #endpoints(): readonly Backend[] {
    const all = new Map<string, Backend>();
    for (const { backends, affinitySeconds } of this.#known.values()) {
      if (affinitySeconds !== undefined) for (const backend of backends) all.set(backend.key, backend);
    }
    return [...all.values()];
  }

  #endpointChain({ key }: Backend): string {
    return serviceChain("SEP", `${this.#group} ${key}`);
  }

  #protocolMatch(): string {
    return `-p ${this.#protocol.toLowerCase()}`;
  }

  #recent(what: string, list: string): string {
    return `-m recent ${what} --name ${list} --mask ${this.#traits.wholeMask} --rsource`;
  }
}

/** Two targets are the same chain if they choose among the same endpoints in the same way. */
function identityOf({ affinitySeconds = 0 }: Frontend, { backends }: ForwardTarget): string {
  return `${affinitySeconds} ${backends.map(({ key }) => key).join(" ")}`;
}

function withEntrance(entrances: Rules, frontend: Frontend): Rules {
  if (frontend.kind !== "ClusterIP" || frontend.address === undefined) return entrances;
  const whole = frontend.family === "IPv4" ? 32 : 128;
  const entrance = rule(
    addressed("-d", `${frontend.address}/${whole}`),
    toPort(frontend.protocol, frontend.port),
    comment(`${formatServicePortName(frontend.service)} cluster IP`),
    jump(chains.markOutsiders),
  );
  return entrances.includes(entrance) ? entrances : [...entrances, entrance];
}

function translateTo({ address, port }: Backend): string {
  return `-j DNAT --to-destination ${joinHostPort(address, port)}`;
}
