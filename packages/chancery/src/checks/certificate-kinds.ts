import { join } from "../model/join.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import { error } from "./finding.ts";

/** Certificates where CAs belong, and the other way round. */
export function checkCertificateKinds(model: Model): readonly ItemProblem[] {
  const check = (item: Item, name: string | undefined, kind: "certificate" | "ca", path: string) => {
    const found = name === undefined ? undefined : model.certificates.get(name)?.value.kind;
    if (found === undefined || found === kind) return [];
    const message = `"${name}" is of kind ${found}; here one of kind ${kind} is needed`;
    return [error(item, { code: "wrong-certificate-kind", path, message })];
  };
  return [
    ...[...model.gateways.values()].flatMap((item) =>
      Object.entries(item.value.listeners).flatMap(([name, { tls }]) => {
        const path = `${join("listeners", name)}.tls`;
        return [
          ...(tls?.certificates ?? []).flatMap((certificate, i) =>
            check(item, certificate, "certificate", join(`${path}.certificates`, i)),
          ),
          ...check(item, tls?.clientCertificates?.ca, "ca", `${path}.clientCertificates.ca`),
        ];
      }),
    ),
    ...[...model.services.values()].flatMap((item) => [
      ...check(item, item.value.tls?.ca, "ca", "tls.ca"),
      ...check(item, item.value.tls?.certificate, "certificate", "tls.certificate"),
    ]),
  ];
}
