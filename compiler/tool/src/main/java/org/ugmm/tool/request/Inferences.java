package org.ugmm.tool.request;

import java.util.LinkedHashMap;
import java.util.Map;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.InferenceOptions;

/** One inference for each set of options that requests name; those asked last are kept. */
public final class Inferences {
  private static final int OTHERS_KEPT = 8;

  private final Inference standard;

  /** Without the standard one; in the order of the last access. */
  private final Map<InferenceOptions, Inference> others =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InferenceOptions, Inference> eldest) {
          return size() > OTHERS_KEPT;
        }
      };

  /**
   * Makes the standard one.
   *
   * @param options of requests that name none
   */
  public Inferences(Circuit circuit, InferenceOptions options) {
    standard = new Inference(circuit, options);
  }

  /** With the options of requests that name none. */
  public Inference standard() {
    return standard;
  }

  /** With some options. */
  public Inference with(InferenceOptions options) {
    if (options.equals(standard.options())) {
      return standard;
    }
    synchronized (others) {
      return others.computeIfAbsent(options, o -> new Inference(standard.circuit(), o));
    }
  }
}
