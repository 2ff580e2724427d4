/**
 * node:http, as every part of Porthole imports it. An ES import of node:http reads all that the module exports, and reading its WebSocket
 * makes Node load undici: 7 MB and 70 ms in each process (Node 24, lib/http.js). Asked for in this way, only what is named is read.
 */
const { createServer, get, request, Agent, STATUS_CODES } = process.getBuiltinModule("node:http");

export { Agent, createServer, get, request, STATUS_CODES };
