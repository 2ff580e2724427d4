/** The way to one Service, or to all of them, as boxes in stages and lines between them. What is too much is one box of cells. Pure. */
import type { Health } from "../state/health.ts";
import type { Panel } from "../state/selection.ts";

/** What a box leads to: something beside the drawing, or the way to a Service. */
export type Opens = Panel | { readonly kind: "service"; readonly key: string };

export interface PathBox {
  /** Unique in the drawing. */
  readonly id: string;
  readonly kind: "place" | "address" | "node" | "service" | "endpoint";
  readonly title: string;
  readonly detail: string;
  readonly health: Health;
  /** In words, for who cannot see the colour. */
  readonly healthText: string;
  /** It left, and is shown for a moment. */
  readonly leaving?: boolean;
  readonly opens?: Opens;
}

/** Many of a kind, a cell each. */
export interface PathCells {
  readonly id: string;
  readonly kind: "cells";
  readonly title: string;
  readonly cells: readonly { readonly id: string; readonly health: Health; readonly title: string }[];
  readonly healthText: string;
  readonly opens?: Panel;
}

/** All Services of the cluster, drawn on a canvas. */
export interface PathField {
  readonly id: string;
  readonly kind: "field";
  readonly title: string;
  readonly count: number;
}

export type PathItem = PathBox | PathCells | PathField;

export interface PathStage {
  readonly id: "outside" | "balancer" | "nodes" | "service" | "endpoints";
  readonly title: string;
  readonly items: readonly PathItem[];
}

export interface PathLine {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** `off`: nothing goes along it. */
  readonly health: Health;
  /** For who listens: `from outside to node-1, port 30080`. */
  readonly says: string;
  /** New connections in a second, where they are counted. */
  readonly perSecond?: number;
  readonly opens?: Panel;
}

export interface PathModel {
  readonly stages: readonly PathStage[];
  readonly lines: readonly PathLine[];
}
