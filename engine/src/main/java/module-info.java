/**
 * Evaluates flat probabilistic circuits. Embed it with {@code --add-modules jdk.incubator.vector}
 * to get the SIMD kernels; without that module the scalar ones answer.
 */
module org.ugmm.engine {
  requires it.unimi.dsi.fastutil.core;
  requires org.apache.commons.numbers.gamma;
  requires static jdk.incubator.vector;
  requires static transitive org.jspecify;

  exports org.ugmm.engine;
  exports org.ugmm.engine.data;
  exports org.ugmm.engine.explain;
  exports org.ugmm.engine.formula;
  exports org.ugmm.engine.mixture;
  exports org.ugmm.engine.network;
}
