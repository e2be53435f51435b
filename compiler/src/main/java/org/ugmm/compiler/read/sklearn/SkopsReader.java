package org.ugmm.compiler.read.sklearn;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.json.JsonCursor;

/**
 * Reads what skops saves of a scikit-learn estimator ({@code .skops}): a zip with a description in
 * JSON and one file a numpy array. Nothing in it is run.
 */
public final class SkopsReader {
  private static final int MAX_BYTES = 1 << 28;

  private final String source;
  private final Map<String, byte[]> files = new HashMap<>();

  private SkopsReader(String source) {
    this.source = source;
  }

  /** Reads the document. */
  public static NodeTable read(Source source) throws IOException {
    SkopsReader reader = new SkopsReader(source.name());
    reader.unpack(source.readAll());
    return reader.estimator().circuit();
  }

  private void unpack(byte[] archive) throws IOException {
    long left = MAX_BYTES;
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        byte[] bytes = zip.readNBytes((int) left);
        left -= bytes.length;
        if (left <= 0) {
          throw ModelException.at(
              source, entry.getName(), "more than " + MAX_BYTES + " bytes unpacked", "fewer");
        }
        files.put(entry.getName(), bytes);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new ModelException(source + ": a damaged zip archive; save the model again", e);
    }
  }

  private Estimator estimator() throws IOException {
    byte[] schema = files.get("schema.json");
    if (schema == null) {
      throw ModelException.at(
          source, "archive", "no file 'schema.json'", "an estimator that skops has saved");
    }
    Map<?, ?> root;
    try (JsonCursor in = JsonCursor.open(source + ": schema.json", schema, 0, schema.length)) {
      in.next();
      in.expectObject("the description of an estimator");
      root = asMap(in.tree());
    }
    Estimator estimator = new Estimator(source, text(root, "__class__"));
    Map<?, ?> attributes =
        asMap(root.containsKey("content") ? root.get("content") : root.get("attrs"));
    if ("dict".equals(attributes.get("__class__"))) {
      attributes = asMap(attributes.get("content"));
    }
    for (Map.Entry<?, ?> attribute : attributes.entrySet()) {
      if (attribute.getValue() instanceof Map<?, ?> value) {
        attribute(estimator, String.valueOf(attribute.getKey()), value);
      }
    }
    return estimator;
  }

  private static Map<?, ?> asMap(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static String text(Map<?, ?> node, String field) {
    Object value = node.get(field);
    return value == null ? "nothing" : value.toString();
  }

  private void attribute(Estimator estimator, String name, Map<?, ?> value) {
    if (value.get("file") instanceof String file) {
      if (file.endsWith(".npy")) {
        estimator.array(name, array(file));
      }
    } else if ("ndarray".equals(value.get("__class__"))) {
      List<String> texts = new ArrayList<>();
      collect(value.get("content"), texts);
      estimator.array(name, new NumpyArray(new int[] {texts.size()}, new double[0], texts));
    } else if (value.get("content") instanceof List<?> items) {
      List<NumpyArray> arrays = new ArrayList<>();
      for (Object item : items) {
        if (asMap(item).get("file") instanceof String file && file.endsWith(".npy")) {
          arrays.add(array(file));
        }
      }
      estimator.list(name, arrays);
    } else if (value.get("content") instanceof String content) {
      estimator.text(name, unquoted(content));
    }
  }

  /** The texts inside nested lists, each a piece of JSON of its own. */
  private static void collect(@Nullable Object content, List<String> into) {
    if (content instanceof String text) {
      into.add(unquoted(text));
    } else if (content instanceof List<?> list) {
      list.forEach(item -> collect(item, into));
    } else if (content instanceof Map<?, ?> map) {
      collect(map.get("content"), into);
    }
  }

  private static String unquoted(String json) {
    boolean isQuoted = json.length() >= 2 && json.startsWith("\"") && json.endsWith("\"");
    return isQuoted ? json.substring(1, json.length() - 1) : json;
  }

  private NumpyArray array(String file) {
    byte[] bytes = files.get(file);
    if (bytes == null) {
      throw ModelException.at(
          source, "archive", "no file '" + ModelException.shorten(file) + "'", "it");
    }
    return NumpyArray.of(source, file, bytes);
  }
}
