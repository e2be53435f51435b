package org.ugmm.compiler;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Variable.Real;

/**
 * A domain declared for the real variables whose name fits a pattern: queries that integrate or
 * search over a variable below Gaussian links need one.
 *
 * @param pattern a name; {@code *} stands for any text, {@code ?} for any character
 * @param lo lower end
 * @param hi upper end, above the lower one
 */
public record Domain(String pattern, double lo, double hi) {
  /**
   * Checks the ends.
   *
   * @throws CircuitException if {@code lo < hi} does not hold
   */
  public Domain {
    if (!(lo < hi)) {
      throw new CircuitException(
          "domain '%s' = [%s, %s] is empty; expected lo < hi".formatted(pattern, lo, hi));
    }
  }

  /** The variables with the domains that fit them. */
  static List<ModelVariable> declared(
      List<ModelVariable> variables, List<Domain> domains, String source) {
    for (Domain domain : domains) {
      if (variables.stream().noneMatch(domain::fits)) {
        throw new ModelException(
            "%s: domain '%s' fits no real variable; the model has %s"
                .formatted(source, domain.pattern, some(variables)));
      }
    }
    return variables.stream().map(variable -> declared(variable, domains)).toList();
  }

  private static ModelVariable declared(ModelVariable variable, List<Domain> domains) {
    ModelVariable result = variable;
    for (Domain domain : domains) {
      if (domain.fits(variable)) {
        Real real = (Real) variable.variable();
        result =
            ModelVariable.of(
                new Real(real.name(), domain.lo, domain.hi, real.prior(), real.isCount()));
      }
    }
    return result;
  }

  private boolean fits(ModelVariable variable) {
    String glob = "\\Q" + pattern.replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q") + "\\E";
    boolean isNamed = variable.name().equals(pattern);
    return variable.variable() instanceof Real
        && (isNamed || Pattern.compile(glob, Pattern.DOTALL).matcher(variable.name()).matches());
  }

  private static String some(List<ModelVariable> variables) {
    return variables.stream().limit(8).map(ModelVariable::name).collect(Collectors.joining(", "))
        + (variables.size() > 8 ? ", ... (" + variables.size() + " in all)" : "");
  }
}
