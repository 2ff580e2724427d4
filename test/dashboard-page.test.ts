import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import {
  missingChromium,
  type OwnDashboard,
  openBrowser,
  serveDashboardOfSource,
} from "./support/dashboard.ts";
import { changeEndpoint, createCluster, serviceName } from "./support/dashboard-objects.ts";

const axeSource = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const size = { nodes: 3, services: 12, endpoints: 3 };
const skip = missingChromium();
/** A step that takes longer has failed. */
const patienceMs = 15_000;

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

describe("the dashboard's page in Chromium", {
  ...(skip !== undefined && { skip }),
  timeout: 120_000,
}, () => {
  let world: OwnDashboard;
  let browser: Browser;
  before(async () => {
    world = await serveDashboardOfSource();
    await createCluster(world.api, size);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await world?.[Symbol.asyncDispose]();
  });

  /** A browser of its own; what the page complains of fails the test. */
  async function open(options: BrowserContextOptions = {}): Promise<Page & AsyncDisposable> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const origin = new URL(world.url).origin;
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      const isBad = message.type() === "error" || message.type() === "warning";
      if (isBad && !message.text().includes("net::ERR_")) complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(origin)) complaints.push(`it asks for ${request.url()}`);
    });
    page.setDefaultTimeout(patienceMs);
    await page.goto(world.url);
    await page.getByRole("button", { name: `${size.services + 1} Services` }).waitFor();
    return Object.assign(page, {
      async [Symbol.asyncDispose]() {
        await context.close();
        assert.deepEqual(complaints, []);
      },
    });
  }

  test("the token leaves the address bar, and lasts as long as the tab", async () => {
    await using page = await open();
    assert.ok(!page.url().includes("token"), page.url());
    await page.reload();
    await page.getByRole("option", { name: serviceName(0) }).waitFor();
  });

  test("without the token the page says what to open", async () => {
    const page = await browser.newPage();
    await page.goto(new URL("/", world.url).href);
    await page.getByText("needs the token at the end of its address").waitFor();
    await page.close();
  });

  test("a Service that is created is seen, and goes when it is deleted", async () => {
    await using page = await open();
    const path = "/api/v1/namespaces/default/services";
    await world.api.call("POST", path, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "newcomer" },
      spec: { ports: [{ port: 80 }] },
    });
    await page.getByRole("option", { name: "newcomer" }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "created, ClusterIP, port 80" }).first().waitFor();
    await world.api.call("DELETE", `${path}/newcomer`);
    await page.getByRole("option", { name: "newcomer" }).waitFor({ state: "detached" });
  });

  test("the way to a Service leads over every node's port to its endpoints, which come and go", async () => {
    await using page = await open();
    await page.getByRole("option", { name: serviceName(0) }).click();
    for (const node of ["node-1", "node-2", "node-3"])
      await page
        .getByRole("button", { name: new RegExp(`${node}.*192\\.0\\.2`) })
        .first()
        .waitFor();
    const endpoints = page.locator(".box.endpoint:not(.leaving) .name");
    await endpoints.nth(2).waitFor();
    const before = await endpoints.allTextContents();
    await changeEndpoint(world.api, 0, 1, size);
    await page.locator(".box.endpoint.leaving").waitFor();
    await page.locator(".box.endpoint.leaving").waitFor({ state: "detached" });
    const changed = await endpoints.allTextContents();
    assert.equal(before.filter((name) => !changed.includes(name)).length, 1);
    await page
      .getByRole("listitem")
      .filter({ hasText: /arrived/ })
      .first()
      .waitFor();
  });

  test("a click on a line traces a packet along it, on a node shows what it leads, on the Service calls the doctor", async () => {
    await using page = await open();
    await page.getByRole("option", { name: serviceName(2) }).click();
    const line = page.getByRole("button", { name: /Trace from Clients to node-2/ });
    await line.dispatchEvent("click");
    await page.getByText("Forwarded to one of 3 endpoints").waitFor();
    await page.getByText(`porthole trace 192.0.2.2`).waitFor();
    await page.locator(".box.node").first().click();
    await page.getByRole("heading", { name: "What it leads where" }).waitFor();
    await page.getByRole("searchbox", { name: "Filter what the node leads" }).fill(serviceName(2));
    await page.getByRole("listitem").filter({ hasText: "NodePort" }).first().waitFor();
    await page
      .getByRole("listitem")
      .filter({ hasText: serviceName(4) })
      .first()
      .waitFor({ state: "detached" });
    await page.locator(".box.service").click();
    await page.getByText(`porthole doctor default/${serviceName(2)}`).waitFor();
  });

  test("everything can be reached by the keyboard", async () => {
    await using page = await open();
    await page.keyboard.press("/");
    await page.keyboard.type(serviceName(4));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `default/${serviceName(4)}` }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("d");
    await page.getByRole("complementary", { name: /Doctor/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("complementary").waitFor({ state: "detached" });
    await page.getByRole("button", { name: /Trace from Clients to node-1/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /Trace to 192\.0\.2\.1/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox", { name: "Search Services" }).fill("");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `default/${serviceName(size.services - 1)}` }).waitFor();
  });

  test("a server that goes away is said to be gone, and found again", async () => {
    await using page = await open();
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    world.drop();
    await page.getByRole("status").filter({ hasText: "connection lost" }).waitFor();
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
  });

  const views: readonly { readonly name: string; readonly show: (page: Page) => Promise<void> }[] = [
    { name: "the whole cluster", show: async () => {} },
    { name: "a Service", show: (page) => go(page, serviceName(0)) },
    {
      name: "a trace",
      async show(page) {
        await go(page, serviceName(0));
        await page.getByRole("button", { name: /Trace from Clients to node-2/ }).dispatchEvent("click");
        await page.getByRole("heading", { name: "Endpoints", exact: true }).last().waitFor();
      },
    },
    {
      name: "the doctor",
      async show(page) {
        await go(page, serviceName(5));
        await page.keyboard.press("d");
        await page.getByRole("button", { name: "Examine again" }).waitFor();
      },
    },
    {
      name: "a node",
      async show(page) {
        await go(page, serviceName(0));
        await page.locator(".box.node").first().click();
        await page.getByRole("heading", { name: "What it leads where" }).waitFor();
        await page.locator(".frontends li").first().waitFor();
      },
    },
    {
      name: "all nodes",
      async show(page) {
        await page.keyboard.press("n");
        await page.getByRole("listbox", { name: "Nodes" }).waitFor();
      },
    },
    {
      name: "the keys",
      async show(page) {
        await page.keyboard.press("?");
        await page.getByRole("heading", { name: "Colours", exact: true }).waitFor();
      },
    },
  ];
  const looks: readonly { readonly name: string; readonly options: BrowserContextOptions }[] = [
    { name: "light", options: { colorScheme: "light" } },
    { name: "dark", options: { colorScheme: "dark" } },
    { name: "narrow", options: { viewport: { width: 360, height: 740 } } },
  ];
  for (const { name: look, options } of looks) {
    test(`axe finds nothing, ${look}`, async () => {
      await using page = await open({ ...options, bypassCSP: true });
      await page.addScriptTag({ path: axeSource });
      for (const { name, show } of views) {
        await show(page);
        await expectNoViolations(page, name);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.equal(overflow, 0, `${name}: nothing is wider than the window`);
        if ((await page.getByRole("complementary").count()) > 0) await page.keyboard.press("Escape");
        await page.getByRole("complementary").waitFor({ state: "detached" });
      }
    });
  }
});

async function go(page: Page, service: string): Promise<void> {
  await page.evaluate(`location.hash = "/default/${service}"`);
  await page.getByRole("heading", { name: `default/${service}` }).waitFor();
}

async function expectNoViolations(page: Page, name: string): Promise<void> {
  const { violations } = (await page.evaluate("axe.run()")) as AxeResults;
  const told = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n  ")}`,
  );
  assert.deepEqual(told, [], name);
}
