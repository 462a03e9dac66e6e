package io.sparkrnn.spark.event;

import io.sparkrnn.spark.column.InputColumn;
import io.sparkrnn.spark.feature.NumberReader;
import io.sparkrnn.spark.invalid.InputException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * A column that events are ordered by: its values, and how far one is behind another.
 *
 * @param name what messages call it
 * @param type of its values
 */
public record EventOrder(String name, DataType type) implements Serializable {
    private static final long serialVersionUID = 1;

    /** Microseconds, which Spark has times in. */
    private static final BigDecimal MICROS = BigDecimal.valueOf(1_000_000);

    private static final long DAY = 86_400_000_000L;

    /**
     * The order of a column.
     *
     * @throws InputException when events cannot be ordered by its type
     */
    public static EventOrder of(InputColumn column, String option) {
        DataType type = column.type();
        if (!NumberReader.isInteger(type)
                && !(type instanceof DecimalType)
                && !isTime(type)
                && !type.equals(DataTypes.StringType)) {
            throw new InputException(option + ": column " + column.name() + " is " + type.catalogString()
                    + "; events are ordered by timestamp, timestamp_ntz, date, tinyint, smallint, int, bigint, decimal or"
                    + " string (in the order of its bytes); cast it in the query (--input-query)");
        }
        return new EventOrder(column.name(), type);
    }

    private static boolean isTime(DataType type) {
        return type instanceof TimestampType || type instanceof TimestampNTZType || type instanceof DateType;
    }

    /** Whether its values are times or dates. */
    public boolean isTime() {
        return isTime(type);
    }

    /** Whether one value less another is a number or a time. */
    public boolean hasDistances() {
        return !type.equals(DataTypes.StringType);
    }

    /** The value in a row, to be kept; null where it is null. */
    public @Nullable Object value(InternalRow row, int at) {
        if (row.isNullAt(at)) {
            return null;
        }
        Object value = row.get(at, type);
        return value instanceof UTF8String text ? text.clone() : value;
    }

    /** Which of two values is the first one, as a comparator says it. */
    public int compare(Object one, Object other) {
        if (type instanceof DecimalType) {
            return decimal(one).compareTo(decimal(other));
        }
        return one instanceof UTF8String text
                ? text.compareTo((UTF8String) other)
                : Long.compare(((Number) one).longValue(), ((Number) other).longValue());
    }

    /** A longest gap in the measure of {@link #isBeyond}: microseconds of times, else the column's own. */
    public static BigDecimal measure(Duration gap) {
        return BigDecimal.valueOf(gap.getSeconds())
                .multiply(MICROS)
                .add(BigDecimal.valueOf(gap.getNano()).movePointLeft(3));
    }

    /** Whether a value is further behind the one before it than {@code gap}. */
    public boolean isBeyond(Object before, Object after, BigDecimal gap) {
        if (type instanceof DecimalType) {
            return decimal(after).subtract(decimal(before)).compareTo(gap) > 0;
        }
        long most = gap.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) >= 0
                ? Long.MAX_VALUE
                : gap.setScale(0, RoundingMode.FLOOR).longValueExact();
        long distance = number(after) - number(before);
        // Of ordered values a negative one is one of more than a long has.
        return distance < 0 || distance > most;
    }

    /**
     * How far a value is behind the one before it.
     *
     * @param unit of times; null of numbers
     */
    public double distance(Object before, Object after, @Nullable Duration unit) {
        if (type instanceof DecimalType) {
            return decimal(after).subtract(decimal(before)).doubleValue();
        }
        long distance = number(after) - number(before);
        double all = distance < 0 ? (double) number(after) - (double) number(before) : (double) distance;
        return unit == null ? all : all / measure(unit).doubleValue();
    }

    private static BigDecimal decimal(Object value) {
        return ((Decimal) value).toJavaBigDecimal();
    }

    private long number(Object value) {
        long number = ((Number) value).longValue();
        return type instanceof DateType ? number * DAY : number;
    }

    /** A value for people: times in UTC. */
    public String text(@Nullable Object value) {
        if (value == null) {
            return "null";
        } else if (type instanceof DateType) {
            return LocalDate.ofEpochDay(((Number) value).longValue()).toString();
        } else if (!isTime()) {
            return value.toString();
        }
        long micros = ((Number) value).longValue();
        Instant instant =
                Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), 1_000 * Math.floorMod(micros, 1_000_000L));
        return type instanceof TimestampType
                ? instant.toString()
                : LocalDateTime.ofInstant(instant, ZoneOffset.UTC).toString();
    }

    /**
     * Text as a value of the column.
     *
     * @param option what it was given for
     * @throws InputException when Spark cannot make one of it
     */
    public Column literal(Dataset<Row> input, String text, String option) {
        String quoted = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
        Column value = functions.expr("try_cast(" + quoted + " AS " + type.sql() + ")");
        boolean isNull = input.sparkSession()
                .createDataFrame(java.util.List.of(RowFactory.create()), new StructType())
                .select(value)
                .head()
                .isNullAt(0);
        if (isNull) {
            throw new InputException(option + " " + text + ": it is no " + type.catalogString()
                    + ", which column " + name + " has; expected a value of that type"
                    + (isTime() ? ", such as 2026-11-27" : ""));
        }
        return value;
    }
}
