package io.sparkrnn.sample;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Payments by card, made up: each client has habits of its own, and some cards are stolen. Who has one tries it with a small payment
 * online, and soon after buys what is easily sold. Neither the one nor the other is rare by itself, so that a single payment tells
 * little, and the ones before it tell much.
 */
final class Payments {
    static final List<String> CATEGORIES = List.of(
            "cash",
            "clothing",
            "digital_goods",
            "electronics",
            "fuel",
            "gift_cards",
            "grocery",
            "jewellery",
            "pharmacy",
            "restaurant",
            "travel",
            "utilities");

    static final List<String> CHANNELS = List.of("atm", "chip", "contactless", "online");

    /** The mean of the logarithm of an amount in euros, by category. */
    private static final double[] LOG_AMOUNT = {4.3, 3.9, 1.6, 5.0, 3.8, 3.6, 3.2, 5.3, 2.9, 3.3, 5.2, 4.2};

    /** How common a category is. */
    private static final double[] SHARE = {4, 5, 9, 3, 7, 2, 30, 1, 6, 17, 3, 4};

    private static final int DIGITAL_GOODS = CATEGORIES.indexOf("digital_goods");
    private static final int[] EASILY_SOLD = {
        CATEGORIES.indexOf("electronics"), CATEGORIES.indexOf("gift_cards"), CATEGORIES.indexOf("jewellery")
    };
    private static final int ONLINE = CHANNELS.indexOf("online");
    private static final long DAY = 86_400;

    private Payments() {}

    /**
     * A payment.
     *
     * @param second since the table's first day began
     * @param cents what was paid
     * @param disputed whether a thief made it
     */
    record Payment(int client, long second, int category, int channel, long cents, boolean disputed) {}

    /** The payments of one client, in their order, no two in one second. */
    static List<Payment> of(int client, int days, Random random) {
        List<Payment> all = new ArrayList<>();
        double[] habits = SHARE.clone();
        for (int i = 0; i < habits.length; i++) {
            habits[i] *= Math.exp(random.nextGaussian());
        }
        double purse = 0.4 * random.nextGaussian();
        double daily = 0.15 + 1.1 * random.nextDouble() * random.nextDouble();
        double online = 0.1 + 0.5 * random.nextDouble();
        for (double at = wait(daily, random); at < days; at += wait(daily, random)) {
            int category = pick(habits, random);
            int channel = category == 0
                    ? 0
                    : category == DIGITAL_GOODS || random.nextDouble() < online ? ONLINE : 1 + random.nextInt(2);
            double amount = Math.exp(LOG_AMOUNT[category] + purse + 0.7 * random.nextGaussian());
            all.add(new Payment(client, (long) (at * DAY), category, channel, cents(amount), false));
        }
        if (random.nextDouble() < 0.15) {
            steal(client, days, random, all);
        }
        all.sort(Comparator.comparingLong(Payment::second));
        for (int i = 1; i < all.size(); i++) {
            Payment one = all.get(i);
            long earliest = all.get(i - 1).second() + 1;
            if (one.second() < earliest) {
                all.set(
                        i,
                        new Payment(client, earliest, one.category(), one.channel(), one.cents(), one.disputed()));
            }
        }
        all.removeIf(payment -> payment.second() >= days * DAY);
        return all;
    }

    private static void steal(int client, int days, Random random, List<Payment> all) {
        long second = (long) (random.nextDouble() * days * DAY);
        all.add(new Payment(client, second, DIGITAL_GOODS, ONLINE, 50 + random.nextInt(150), true));
        int payments = 2 + random.nextInt(4);
        for (int i = 0; i < payments; i++) {
            second += 180 + random.nextInt(5_400);
            int category = EASILY_SOLD[random.nextInt(EASILY_SOLD.length)];
            double amount = Math.exp(5.2 + 0.5 * random.nextGaussian());
            all.add(new Payment(client, second, category, ONLINE, cents(amount), true));
        }
    }

    private static double wait(double daily, Random random) {
        return -Math.log(1 - random.nextDouble()) / daily;
    }

    private static long cents(double amount) {
        return Math.max(10, Math.round(100 * amount));
    }

    private static int pick(double[] weights, Random random) {
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        double at = random.nextDouble() * sum;
        for (int i = 0; i < weights.length; i++) {
            at -= weights[i];
            if (at < 0) {
                return i;
            }
        }
        return weights.length - 1;
    }
}
