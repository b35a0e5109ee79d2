import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTemplate } from "./template.ts";

// What a real Envoy takes and refuses.
const good = [
  ...[
    "%%",
    "100%% of %PROTOCOL%",
    "%BYTES_SENT()%",
    "%START_TIME(%Y/%m/%dT%H:%M:%S%z %s)%",
    "%START_TIME%",
    "%RESPONSE_CODE_DETAILS(x)%",
  ],
  ...[
    "%REQ(x-user)%",
    "%REQ(:path?x-original):10%",
    "%REQ(?x)%",
    "%RESP(x_y)%",
    "%DYNAMIC_METADATA(a:b):5%",
    "%CLUSTER_METADATA(a:b)%",
  ],
  ...[
    "%FILTER_STATE(a)%",
    "%FILTER_STATE(a:FIELD:b):5%",
    "%METADATA(ROUTE:a:b):5%",
    "%METADATA(LISTENER_FILTER_CHAIN:a)%",
  ],
  ...[
    "%PATH%",
    "%PATH(NQ:ORIG)%",
    "%PATH:5%",
    "%QUERY_PARAMS(DECODED)%",
    "%REQUESTED_SERVER_NAME(:HOST)%",
    "%GRPC_STATUS(NUMBER)%",
  ],
  ...[
    "%COMMON_DURATION(DS_RX_BEG:DS_TX_END:ms)%",
    "%COMMON_DURATION(a:b)%",
    '%COALESCE({"operators": ["PROTOCOL"]}):5%',
    "%CEL(a.b):5%",
  ],
];

for (const text of good) test(`"${text}" is taken`, () => assert.equal(checkTemplate(text), undefined));

const bad: readonly (readonly [text: string, why: RegExp])[] = [
  ["100%", /^has a % that begins no command operator\nwrite %% for a percent sign$/],
  ["%REQ%", /^has %REQ% without its argument: %REQ\(…\)%$/],
  ["%REQ()%", /^has %REQ% without its argument/],
  [
    "%REQ(a?b?c)%",
    /^has "a\?b\?c" as the argument of %REQ%, which has to be the name of a header, or two as in x-user\?x-team$/,
  ],
  ["%REQ(a:b)%", /as the argument of %REQ%/],
  ["%PROTOCOL(x)%", /^has an argument in %PROTOCOL%, which takes none$/],
  ["%PROTOCOL:5%", /^has a length in %PROTOCOL:5%, which takes none$/],
  ["%START_TIME(%s):5%", /^has a length in %START_TIME:5%/],
  ["%FILTER_STATE(a:JSON)%", /which has to be a key, or one with its form as in key:PLAIN$/],
  ["%PER_REQUEST_STATE(a:PLAIN)%", /which has to be a key$/],
  ["%METADATA(HOST:a)%", /which has to be where it is from and its path, as in ROUTE:filter:key$/],
  ["%PATH(x)%", /which has to be WQ or NQ/],
  ["%QUERY_PARAMS(x)%", /which has to be ORIG or DECODED$/],
  ["%REQUESTED_SERVER_NAME(x)%", /which has to be SNI_ONLY/],
  ["%GRPC_STATUS(x)%", /which has to be CAMEL_STRING/],
  ["%COMMON_DURATION(a:b:s)%", /which has to be two points of time and a unit/],
  ["%COALESCE(x)%", /which has to be JSON as in/],
  ["%CEL( )%", /which has to be an expression$/],
];

for (const [text, why] of bad) test(`"${text}" is not`, () => assert.match(checkTemplate(text) ?? "", why));
