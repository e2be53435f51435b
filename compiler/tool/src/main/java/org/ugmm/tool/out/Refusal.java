package org.ugmm.tool.out;

import java.util.ArrayList;
import java.util.List;
import org.ugmm.compiler.Analysis;
import org.ugmm.engine.data.RefusedException;

/** A refusal in the words of the model and with options that help; exit status 4. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Puts a refusal of the engine in the words of a model. */
  public Refusal(RefusedException cause, Analysis model) {
    super(words(cause, model), cause);
  }

  /** A refusal whose words are those of the model. */
  public Refusal(String message) {
    super(message);
  }

  /**
   * The message of a refusal with nodes in the words of a model, and the options by which what its
   * remedy names is done.
   */
  public static String words(RefusedException refusal, Analysis model) {
    List<String> options = new ArrayList<>();
    String variable = refusal.why().variable();
    if (names(refusal, "domain")) {
      options.add(
          "--domain '%s=[LO,HI]' declares a domain"
              .formatted(variable == null ? "NAME" : variable));
    }
    if (names(refusal, "budget")) {
      options.add("--budget N raises it");
    }
    if (names(refusal, "allow ENCLOSED")) {
      options.add("--allow exact,enclosed allows it");
    } else if (names(refusal, "allow")) {
      options.add("--allow exact,enclosed,estimated allows estimates");
    }
    return refusal.problem(model::describe)
        + (options.isEmpty() ? "" : " (" + String.join(", ", options) + ")");
  }

  /** Whether the remedy of a refusal names a way; one that it does not name would not help. */
  public static boolean names(RefusedException refusal, String way) {
    return refusal.remedy().contains(way);
  }
}
