package org.ugmm.tool;

import java.io.IOException;
import java.util.List;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;

/** How the answer of one query is printed. */
sealed interface QueryOutput permits QueryJson, QueryText {
  /** A log-density or log-marginal. */
  void logProbability(String query, LogProbability answer) throws IOException;

  /** Posteriors in the order asked. */
  void posteriors(List<Posterior> answers) throws IOException;

  /** A most probable explanation. */
  void mpe(MpeAnswer answer) throws IOException;

  /** Drawn rows, row-major [count][variables]. */
  void samples(double[] rows, long seed) throws IOException;
}
