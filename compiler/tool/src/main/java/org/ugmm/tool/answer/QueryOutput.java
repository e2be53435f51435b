package org.ugmm.tool.answer;

import java.io.IOException;
import java.util.List;

/** How the answers of one query are printed. */
public sealed interface QueryOutput permits QueryJson, QueryText {
  /** Prints the answers, several where one query asks for several posteriors. */
  void print(Question question, List<Answer> answers) throws IOException;
}
