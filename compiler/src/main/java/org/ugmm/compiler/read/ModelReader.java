package org.ugmm.compiler.read;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Model;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.circuit.PsddReader;
import org.ugmm.compiler.read.json.GraphReader;
import org.ugmm.compiler.read.json.JsonCursor;
import org.ugmm.compiler.read.json.NetworkReader;
import org.ugmm.compiler.read.json.SafetensorsReader;
import org.ugmm.compiler.read.json.VariablesReader;
import org.ugmm.compiler.read.network.BifReader;
import org.ugmm.compiler.read.network.UaiReader;
import org.ugmm.compiler.read.network.XdslReader;
import org.ugmm.compiler.read.network.XmlBifReader;

/** Reads a model of any format; the ending of the name tells which, JSON tells its own. */
public final class ModelReader {
  private ModelReader() {}

  /**
   * Reads a model.
   *
   * @param source the document
   * @param variables a JSON document with the variables of a model that does not declare any, and
   *     its classes where it has several root units; null when there is none
   * @param columns names for the variables of such a model in order, real ones; may be empty. One
   *     name more than the model has inputs names the class variable
   * @throws IOException if it cannot be read
   * @throws ModelException if it is not a valid model
   */
  public static Model read(Source source, @Nullable Source variables, List<String> columns)
      throws IOException {
    String name = source.plainName();
    boolean declaresNone = name.endsWith(".safetensors");
    if (variables != null && !declaresNone) {
      throw new ModelException(
          "%s: a file of variables is given too; only a .safetensors model needs one"
              .formatted(source.name()));
    }
    if (declaresNone) {
      return SafetensorsReader.read(source, variables, columns);
    }
    if (name.endsWith(".psdd")) {
      return PsddReader.read(source);
    }
    if (name.endsWith(".json")) {
      return json(source);
    }
    if (name.endsWith(".bif")) {
      return BifReader.read(source);
    }
    if (name.endsWith(".xdsl")) {
      return XdslReader.read(source);
    }
    if (name.endsWith(".xmlbif") || name.endsWith(".xml")) {
      return XmlBifReader.read(source);
    }
    if (name.endsWith(".uai")) {
      return UaiReader.read(source);
    }
    throw new ModelException(
        "%s: the ending tells no format; expected .json, .safetensors, .psdd or .circuit"
            .formatted(source.name()));
  }

  private static Model json(Source source) throws IOException {
    String format = null;
    List<ModelVariable> variables = null;
    try (JsonCursor in = JsonCursor.open(source)) {
      in.next();
      in.expectObject("a model");
      for (String field; (field = in.nextFreeField()) != null; ) {
        if (field.equals("format")) {
          format = in.string("the format");
          requireKnown(in, format);
        } else if (field.equals("variables")) {
          variables = VariablesReader.variables(in);
        } else {
          in.skip();
        }
        if (format != null && variables != null) {
          break;
        }
      }
      if (format == null || variables == null) {
        throw in.fail(
            "no field '" + (format == null ? "format" : "variables") + "'",
            "that field with its value");
      }
    }
    return format.equals(GraphReader.FORMAT)
        ? GraphReader.read(source, variables)
        : NetworkReader.read(source, variables);
  }

  private static void requireKnown(JsonCursor in, String format) {
    if (!format.equals(GraphReader.FORMAT) && !format.equals(NetworkReader.FORMAT)) {
      throw in.fail(
          "format '" + JsonCursor.shorten(format, 60) + "'",
          "'%s' or '%s'".formatted(NetworkReader.FORMAT, GraphReader.FORMAT));
    }
  }
}
