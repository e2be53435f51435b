package org.ugmm.tool.serve;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.tool.request.Limits;

/**
 * How to serve. Immutable.
 *
 * @param host name or address to listen on
 * @param port to listen on, 0 for any that is free
 * @param token what a client must show, null for none
 * @param keystore PKCS12 file with the key and certificate of TLS, null for plain HTTP
 * @param keystorePassword of the keystore
 * @param bodyBytes most bytes of the body of a request
 * @param threads that answer what is not cheap
 * @param queue most requests that wait for one of these threads
 * @param deadline after which a request has failed, from the moment its body is there
 * @param patience after which a client that is silent, or slow to send a body, is cut off
 * @param connections most connections; others wait to be accepted
 * @param inference how questions are answered where the request does not say
 * @param limits how much one request may ask for
 */
public record ServeOptions(
    String host,
    int port,
    @Nullable String token,
    @Nullable Path keystore,
    @Nullable String keystorePassword,
    int bodyBytes,
    int threads,
    int queue,
    Duration deadline,
    Duration patience,
    int connections,
    InferenceOptions inference,
    Limits limits) {

  /** Whether only this machine can reach the service. */
  boolean isLoopback() {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
  }
}
