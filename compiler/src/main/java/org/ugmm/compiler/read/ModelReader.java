package org.ugmm.compiler.read;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Model;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.circuit.DeeprobReader;
import org.ugmm.compiler.read.circuit.JpcReader;
import org.ugmm.compiler.read.circuit.NnfReader;
import org.ugmm.compiler.read.circuit.PsddReader;
import org.ugmm.compiler.read.circuit.SddReader;
import org.ugmm.compiler.read.circuit.SpflowReader;
import org.ugmm.compiler.read.circuit.SpnReader;
import org.ugmm.compiler.read.circuit.SpncReader;
import org.ugmm.compiler.read.json.GraphReader;
import org.ugmm.compiler.read.json.JsonCursor;
import org.ugmm.compiler.read.json.NetworkReader;
import org.ugmm.compiler.read.json.SafetensorsReader;
import org.ugmm.compiler.read.json.VariablesReader;
import org.ugmm.compiler.read.network.BifReader;
import org.ugmm.compiler.read.network.UaiReader;
import org.ugmm.compiler.read.network.XdslReader;
import org.ugmm.compiler.read.network.XmlBifReader;
import org.ugmm.compiler.read.sklearn.PmmlReader;
import org.ugmm.compiler.read.sklearn.SkopsReader;

/** Reads a model of any format; its content tells which, or else the ending of its name. */
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
    Format format = Format.of(source);
    if (format == null) {
      throw new ModelException(
          "%s: neither the content nor the ending tells a format; expected %s"
              .formatted(source.name(), Format.endings()));
    }
    if (format == Format.SAFETENSORS) {
      return SafetensorsReader.read(source, variables, columns);
    }
    if (variables != null) {
      throw new ModelException(
          "%s: a file of variables is given too; only a .safetensors model needs one"
              .formatted(source.name()));
    }
    return switch (format) {
      case JSON -> json(source);
      case SAFETENSORS -> throw new AssertionError(format);
      case PSDD -> PsddReader.read(source);
      case JPC -> JpcReader.read(source);
      case SPN -> SpnReader.read(source);
      case SDD -> SddReader.read(source, source.sibling(".vtree"));
      case NNF -> NnfReader.read(source, source.sibling(".weights", ".cnf"));
      case SPFLOW -> SpflowReader.read(source);
      case SPNC -> SpncReader.read(source);
      case BIF -> BifReader.read(source);
      case XMLBIF -> XmlBifReader.read(source);
      case XDSL -> XdslReader.read(source);
      case UAI -> UaiReader.read(source);
      case SKOPS -> SkopsReader.read(source);
      case PMML -> PmmlReader.read(source);
      case VTREE ->
          throw new ModelException(
              source.name() + ": a variable tree alone is no model; expected the .sdd beside it");
      case PICKLE ->
          throw new ModelException(
              "%s: a Python pickle; opening one runs whatever program it holds, so it is never opened; write ugmm-graph/1 from Python with ugmm_export.py of this distribution"
                  .formatted(source.name()));
    };
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
        } else if (field.equals("directed") || field.equals("multigraph")) {
          return DeeprobReader.read(source); // the graph of networkx, as deeprob-kit writes it
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
