package org.ugmm.tool.serve;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntSupplier;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Counts requests and their time, for {@code /metrics} and for JFR. Safe to share. */
final class Meter {
  /** What is counted by itself. */
  enum Route {
    QUERY,
    BATCH,
    EXPLAIN,
    ADVISE,
    IMPUTE,
    CHECK,
    EXPLORE,
    MODEL,
    RELOAD,
    PAGE,
    STATE,
    OTHER;

    private final String label = name().toLowerCase(Locale.ROOT);
  }

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("ugmm_requests")
          .help("Requests answered, by what was asked and the status; 0 where the client had gone")
          .labelNames("route", "status")
          .register(registry);
  private final Map<Route, CounterDataPoint> answered = new EnumMap<>(Route.class);
  private final Map<Route, DistributionDataPoint> seconds = new EnumMap<>(Route.class);

  /**
   * Begins at 0.
   *
   * @param waiting requests that wait for a thread
   * @param asked requests that such a thread answers
   */
  Meter(IntSupplier waiting, IntSupplier asked) {
    Histogram times =
        Histogram.builder()
            .name("ugmm_request_seconds")
            .help("Seconds from the first byte of a request to its answer")
            .classicOnly()
            .classicUpperBounds(1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
            .labelNames("route")
            .register(registry);
    for (Route route : Route.values()) {
      answered.put(route, requests.labelValues(route.label, "200"));
      seconds.put(route, times.labelValues(route.label));
    }
    GaugeWithCallback.builder()
        .name("ugmm_waiting_requests")
        .help("Requests that wait for a thread")
        .callback(callback -> callback.call(waiting.getAsInt()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("ugmm_working_requests")
        .help("Requests that a thread of the pool answers now")
        .callback(callback -> callback.call(asked.getAsInt()))
        .register(registry);
  }

  /** One answer. */
  @Name("org.ugmm.Request")
  @Label("Request")
  @Category("ugmm")
  @StackTrace(false)
  @SuppressWarnings("UnusedVariable") // JFR reads the fields
  private static final class RequestEvent extends Event {
    @Label("Route")
    private String route = "";

    @Label("Status")
    private int status;

    @Label("Time")
    @Timespan(Timespan.NANOSECONDS)
    private long elapsedNanos;
  }

  void count(Route route, int status, long elapsedNanos) {
    CounterDataPoint counter =
        status == 200
            ? answered.get(route)
            : requests.labelValues(route.label, Integer.toString(status));
    Objects.requireNonNull(counter).inc();
    Objects.requireNonNull(seconds.get(route)).observe(elapsedNanos * 1e-9);
    RequestEvent event = new RequestEvent();
    if (event.isEnabled()) {
      event.route = route.label;
      event.status = status;
      event.elapsedNanos = elapsedNanos;
      event.commit();
    }
  }

  static String contentType() {
    return PrometheusTextFormatWriter.CONTENT_TYPE;
  }

  /** All figures in the text format of Prometheus. */
  byte[] text() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create()
        .write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    return out.toByteArray();
  }
}
