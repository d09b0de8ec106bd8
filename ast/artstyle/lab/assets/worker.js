// The hub in a worker that all pages of the lab share.

import { Hub } from "./hub.js";

const said = new URL(self.location).searchParams;
const hub = new Hub(said.get("base"), said.get("language"));

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => hub.hear(data.id, (news) => port.postMessage(news), data);
};
