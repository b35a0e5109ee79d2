/** A fleet with one gateway, one route and one service. */
export const shopModel = `
fleets: { edge: { match: [{ id: "edge-*" }], gateways: [public] } }
gateways: { public: { listeners: { http: { port: 8080, protocol: HTTP } } } }
services: { shop: { endpoints: ["127.0.0.1:9000"] } }
routes:
  shop:
    parents: [public/http]
    hosts: [shop.example.com]
    rules: { api: { match: { path: { prefix: /api } }, to: [{ service: shop }] } }
`;
