import { join } from "../model/join.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import { error } from "./finding.ts";

/** Certificates where CAs belong in a gateway, and the other way round. */
export function checkGatewayCertificates(item: Item<"gateways">, { certificates }: Model): readonly ItemProblem[] {
  return Object.entries(item.value.listeners).flatMap(([name, { tls }]) => {
    const path = `${join("listeners", name)}.tls`;
    return [
      ...(tls?.certificates ?? []).flatMap((certificate, i) =>
        checkKind(certificates, item, {
          name: certificate,
          kind: "certificate",
          path: join(`${path}.certificates`, i),
        }),
      ),
      ...checkKind(certificates, item, {
        ...{ name: tls?.clientCertificates?.ca, kind: "ca", path: `${path}.clientCertificates.ca` },
      }),
    ];
  });
}

/** The same for what a service's TLS names. */
export function checkServiceCertificates(item: Item<"services">, { certificates }: Model): readonly ItemProblem[] {
  const { tls } = item.value;
  return [
    ...checkKind(certificates, item, { name: tls?.ca, kind: "ca", path: "tls.ca" }),
    ...checkKind(certificates, item, { name: tls?.certificate, kind: "certificate", path: "tls.certificate" }),
  ];
}

interface Named {
  readonly name: string | undefined;
  readonly kind: "certificate" | "ca";
  readonly path: string;
}

function checkKind(
  certificates: Model["certificates"],
  item: Item,
  { name, kind, path }: Named,
): readonly ItemProblem[] {
  const found = name === undefined ? undefined : certificates.get(name)?.value.kind;
  if (found === undefined || found === kind) return [];
  const message = `"${name}" is of kind ${found}; here one of kind ${kind} is needed`;
  return [error(item, { code: "wrong-certificate-kind", path, message })];
}
