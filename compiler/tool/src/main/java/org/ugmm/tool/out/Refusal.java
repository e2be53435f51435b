package org.ugmm.tool.out;

import org.ugmm.compiler.Analysis;
import org.ugmm.engine.data.RefusedException;

/** A refusal in the words of the model and with options that help; exit status 4. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final String ALLOW = "--allow exact,enclosed,estimated";

  /** Puts a refusal of the engine in the words of a model. */
  public Refusal(RefusedException cause, Analysis model) {
    super(words(cause, model), cause);
  }

  /** A refusal whose words are those of the model. */
  public Refusal(String message) {
    super(message);
  }

  /** The message of a refusal with nodes in the words of a model, and the options that help. */
  public static String words(RefusedException refusal, Analysis model) {
    String variable = refusal.why().variable();
    String domain =
        "--domain '%s=[LO,HI]' declares a domain".formatted(variable == null ? "NAME" : variable);
    String options =
        switch (refusal.why().reason()) {
          case LINK -> " (%s, %s allows estimates)".formatted(domain, ALLOW);
          case UNBOUNDED -> " (%s)".formatted(domain);
          case BUDGET -> " (--budget N raises it, %s allows estimates)".formatted(ALLOW);
          case NOT_ALLOWED -> " (%s)".formatted(ALLOW);
          default -> "";
        };
    return refusal.problem(model::describe) + options;
  }
}
