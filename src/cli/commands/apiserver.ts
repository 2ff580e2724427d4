/** `porthole apiserver` */
import type { Command } from "commander";
import { aborted } from "../../lib/aborted.ts";
import type { LogLevel } from "../../lib/log.ts";
import { runComponent } from "../lifecycle.ts";
import { integerBetween, logLevelOption } from "../options.ts";
import { addBackupCommands } from "./apiserver-backup.ts";

interface ApiServerCommandOptions {
  readonly listen: string;
  readonly dataDir?: string;
  readonly tokenFile?: string;
  readonly serviceClusterIpRange: string;
  readonly serviceNodePortRange: string;
  readonly etcdServers?: string;
  readonly etcdPrefix: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly kubeconfigOut?: string;
  readonly componentKubeconfigs?: string;
  readonly nodeNames?: readonly string[];
  readonly auditLogPath?: string;
  readonly auditLogMaxsize: number;
  readonly auditLogMaxbackup: number;
  readonly advertiseAddress?: string;
  readonly maxRequestsInflight: number;
  readonly maxMutatingRequestsInflight: number;
  readonly serviceAccountIssuer: string;
  readonly logLevel: LogLevel;
}

export function addApiServerCommand(program: Command): void {
  const command: Command = program
    .command("apiserver")
    .summary("the Kubernetes API server, on a store of its own")
    .description(
      "Serve the Kubernetes API over HTTPS. State, certificates and keys live in the data directory.",
    );
  addServingOptions(command);
  addStoreOptions(command);
  addAccessOptions(command);
  command
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      "\nExample:\n  porthole apiserver --data-dir ./state --kubeconfig-out ./kubeconfig\n  kubectl --kubeconfig ./kubeconfig get services",
    )
    .action(async (options: ApiServerCommandOptions) => {
      const { startApiServer } = await import("../../apiserver/index.ts");
      const { logLevel, dataDir, ...serverOptions } = options;
      if (dataDir === undefined) command.error("error: required option '--data-dir <dir>' not specified");
      await runComponent("apiserver", logLevel, async ({ log, signal, ready }) => {
        const server = await startApiServer({ ...serverOptions, dataDir, log });
        ready(server.url);
        await aborted(signal);
        await server.close();
      });
    });
  addBackupCommands(command);
}

function addServingOptions(command: Command): void {
  command
    .option("--data-dir <dir>", "where state, certificates and keys are kept; made if it is missing")
    .option("--listen <host:port>", "address to serve on; port 0 takes any free one", "127.0.0.1:6443")
    .option(
      "--advertise-address <ip>",
      "address by which other machines reach this server; the one that it listens on if not given",
    )
    .option(
      "--service-cluster-ip-range <cidr[,cidr]>",
      "cluster addresses of Services: IPv4, IPv6 or one of each",
      "10.96.0.0/16",
    )
    .option(
      "--service-node-port-range <from-to>",
      "ports that NodePort Services get on every node",
      "30000-32767",
    )
    .option(
      "--max-requests-inflight <count>",
      "requests that read, at once; more are told to come back; 0: no limit",
      integerBetween(0, 100_000),
      400,
    )
    .option(
      "--max-mutating-requests-inflight <count>",
      "requests that write, at once; 0: no limit",
      integerBetween(0, 100_000),
      200,
    );
}

function addStoreOptions(command: Command): void {
  command
    .option("--etcd-servers <url,…>", "keep the state in etcd, which several API servers can share")
    .option("--etcd-prefix <prefix>", "what all keys in etcd begin with", "/registry")
    .option("--etcd-cafile <file>", "authority that signed etcd's certificates, PEM")
    .option("--etcd-certfile <file>", "certificate to show to etcd, PEM")
    .option("--etcd-keyfile <file>", "its key, PEM");
}

function addAccessOptions(command: Command): void {
  command
    .option("--token-file <file>", 'static bearer tokens, a line each: token,user,uid,"group1,group2"')
    .option(
      "--service-account-issuer <url>",
      "whom tokens of service accounts name as their issuer",
      "https://kubernetes.default.svc.cluster.local",
    )
    .option("--kubeconfig-out <file>", "write a kubeconfig with administrator's rights here")
    .option(
      "--component-kubeconfigs <dir>",
      "write kubeconfigs for controllers, proxy, load balancer and nodes here, each with the rights that it needs",
    )
    .option(
      "--node-names <name,…>",
      "nodes that get a kubeconfig of their own: node-NAME.kubeconfig",
      (text) => text.split(","),
    )
    .option("--audit-log-path <file>", "write down who asked for what, a line of JSON for each request")
    .option(
      "--audit-log-maxsize <megabytes>",
      "size at which the audit log is set aside",
      integerBetween(1, 10_000),
      100,
    )
    .option(
      "--audit-log-maxbackup <count>",
      "how many audit logs that were set aside are kept",
      integerBetween(1, 1000),
      10,
    );
}
