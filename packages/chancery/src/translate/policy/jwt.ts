import type {
  JwtAuthenticationJson,
  JwtProviderJson,
  JwtRequirementJson,
} from "@chancery/envoy-api/gen/envoy/extensions/filters/http/jwt_authn/v3/config_pb.js";
import type { Jwt } from "../../model/jwt.ts";
import { typed } from "../json.ts";
import { type PolicySection, turnedOff } from "./section.ts";

/**
 * Refuses requests without a token of an issuer. Envoy's filter knows its issuers by the listener only, so that it is
 * within a chain of filters that routes bring.
 */
export const jwt: PolicySection = {
  filters: [
    {
      name: "chancery.jwt",
      isNew: true,
      config: typed("envoy.extensions.filters.http.filter_chain.v3.FilterChainConfig", {}),
      say(policies) {
        const closest = policies.findLast(({ value }) => value.jwt !== undefined);
        const said = closest?.value.jwt;
        if (closest === undefined || said === undefined) return undefined;
        return said === false ? turnedOff : toPerRoute(closest.name, said);
      },
    },
  ],
};

function toPerRoute(policy: string, said: Jwt) {
  const own: JwtRequirementJson = { providerName: policy };
  const requires = said.optional ? { requiresAny: { requirements: [own, { allowMissing: {} }] } } : own;
  const config: JwtAuthenticationJson = {
    providers: { [policy]: toProvider(said) },
    // What matches no rule is let through: these are for all requests.
    rules: [
      { match: { prefix: "" }, requires },
      { match: { connectMatcher: {} }, requires },
    ],
  };
  const typedConfig = typed("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", config);
  return typed("envoy.extensions.filters.http.filter_chain.v3.FilterChainConfigPerRoute", {
    filterChain: { filters: [{ name: "envoy.filters.http.jwt_authn", typedConfig }] },
  });
}

function toProvider({ issuer, audiences, jwks, claims = {}, forward }: Jwt): JwtProviderJson {
  return {
    issuer,
    ...(audiences && { audiences }),
    // Tokens in the query, which it would take as well, end up in logs.
    fromHeaders: [{ name: "authorization", valuePrefix: "Bearer " }],
    requireExpiration: true,
    forward,
    claimToHeaders: Object.entries(claims).map(([headerName, claimName]) => ({ headerName, claimName })),
    localJwks: { inlineString: JSON.stringify(jwks.inline) },
  };
}
