// The hub in a worker that all pages of the lab share.

import { Hub } from "./hub.js";

const hub = new Hub(new URL(self.location).searchParams.get("base"));

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => hub.hear(data.id, (news) => port.postMessage(news), data);
};
